"""Train the network that reads digits.

    python train.py                          a good model in models/, a report in reports/
    python train.py --quick                  one epoch: a model before the coffee is ready
    python train.py --data mnist.npz         MNIST from a file: .npz, .zip or a folder of IDX files
    python train.py --recipe NAME            of further, quick, shipped, signs, teacher, textbook
    python train.py --resume                 go on with a run that was killed
    python train.py --start-from models/mnist_model.h5 --drawings class.ndjson
    python train.py evaluate models/mnist_model.tflite
    python train.py prove models/mnist_model.tflite
    python train.py average A.h5 B.h5 --out FOLDER
    python train.py weights models/mnist_model.h5
    python train.py compare textbook lenet5 compact
    python train.py search --trials 20
    python train.py --lr-find                suggest a learning rate
    python train.py restore                  bring back the model that shipped

The data. Without --data, Keras downloads MNIST once. --data takes any set of small labelled
pictures: IDX files as MNIST, EMNIST, KMNIST and Fashion-MNIST have them, an .npz, Kaggle's .csv, a
folder of pictures for each class, or a .zip of these; gzip.zip/emnist-letters names one set of
several. --classes says what numbers mean: labels in order, or digits, letters, fashion or
kuzushiji. The network, the card and the app follow the classes, 2 to 64 of them. Drawings of other
classes are a set by themselves: docs/signs.md.

--drawings and --junk add files of strokes (.ndjson[.gz], or Pendigits as UCI ships it): digits
drawn with a pen, and what shall not read as one. --renderings says how many pictures are made of
each, four times as many of a file with fewer than 2,000 drawings. --made-junk adds scrawls,
crossed-out digits and the like, made by code; --junk-weight says how much what is no digit counts
beside a digit. --made-digits adds 1s with long flags and 7s with short bars. --mnist-times has
MNIST's digits come more often beside them. --dev-drawings and --dev-junk are never trained on: they
choose the best weights, the temperature and the thresholds. --validation-split says how much of
MNIST does the same. The test set is looked at once, at the end.

The network. --network is textbook, lenet5, compact (the default), tapering, vgg or resnet,
shaped by --filters 16,32,64, --kernel-size, --layers and --dropout.

The learning. --epochs, --batch-size, --learning-rate, --optimizer (adam, adamw, sgd, rmsprop),
--weight-decay, --schedule (one-cycle, cosine, constant), --patience (stop early), --augment or
--no-augment, --augment-strength, --label-smoothing, --ema (average of the weights) and --seed.
--lr-find trains nothing: it tries rising rates, and suggests one. Try three times that too.
--quick is --recipe quick; --recipe takes a .toml file too. Flags win over recipes.

The class. --start-from with --drawings and no other data or recipe trains a model on with the
drawings of a class, by the recipe further, and writes it to models/further. A third of the pupils
(the “writer” of a drawing) are set aside: before and after are measured on their drawings. Drawings
of other classes than digits want another last layer: by the recipe signs, in models/signs.

The teachers. --teachers names .h5 or .keras models, larger for instance. Where their mean answer to
a digit is right, --trust is its share of the target; the rest is the label's.

The results. --out is the folder of the model, its card and its checkpoint; --reports that of the
reports, which --no-report leaves out. --tensorboard writes logs for it. --snapshots saves the
network after 0, 20, 50, 100, 200, 500 ... steps in --out/snapshots, with its accuracy on what is
held out; the page shows them as "How it learned". --require-accuracy 0.99 exits with 1 below that.
Ctrl-C keeps the best so far; after kill -9, --resume ends at the same model, bit for bit. Before a
run replaces the model that shipped, it keeps it in models/shipped; restore brings it back. A run
that learnt nothing exits with 1 and replaces no model.

The weights. A run writes the model as .h5, .keras and .tflite, and as .weights in 16-bit floats for
the page and for NumPy. weights makes the last of an .h5 or .keras that has none.

The proof. prove measures every row in the card of a model again, on the --drawings and --junk that
the card was proved with and on drawings made by code, and exits with 1 if a row is more than 0.2
points worse than the card says. --write writes the rows into the card, and into the README.md
beside it. --against OLD.tflite shows another model the same drawings: may this one take its place?

The average. average writes the mean of models that went on from the same weights (--start-from),
calibrated and evaluated as after a run. It costs one model and often reads better than each.

The search. It chooses --filters, --kernel-size, --layers, --dropout, --learning-rate and
--batch-size; those that are typed or in the recipe are kept. --trials in all, in one --study,
however many processes share its --storage (SQLite in --reports, or postgresql://...); a trial
silent for four times --heartbeat seconds is taken for dead and run again by another process.
Run it again with more --trials to go on; other options or other data want another --study. One
process with the same --seed makes the same trials again.

Measured on two cores with benchmarks/training.py, mean of five seeds: the textbook recipe takes
82 s (126 s of CPU) and reaches 99.27 % of MNIST's test set; --quick takes 1/10.9 of that (1/10.5
of the CPU) and reaches 99.22 %; the default takes 1/1.10 (1/0.98) and reaches 99.56 %.
"""

import sys

from training.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], __doc__))
